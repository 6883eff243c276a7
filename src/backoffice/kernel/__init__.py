"""What every product needs and none owns: database, doors, identity, audit, jobs, secrets, files. Knows no product."""
