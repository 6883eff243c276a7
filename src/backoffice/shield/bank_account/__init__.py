"""Where members are paid to. Numbers are sealed and bound to their row; only their last four digits are shown."""
