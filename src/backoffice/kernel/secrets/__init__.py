"""The secrets of an installation: whether a process has those of all the others, and turning the key ring."""
