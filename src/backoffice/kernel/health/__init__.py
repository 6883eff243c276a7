"""How the whole house is: each part looked at within a time, and the requests of all processes counted together."""
