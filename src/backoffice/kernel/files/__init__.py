"""Files that people sent: kept in a folder or an object store, shown through signed links that expire."""
