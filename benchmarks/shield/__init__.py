"""Shield under load: a million members, two million claims, ten million audit entries, read through its doors."""
