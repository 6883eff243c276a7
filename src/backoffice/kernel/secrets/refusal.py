"""What a process is told that has not the secrets of all the others; by itself, so that every command can know it."""


class SecretsDiffer(Exception):
    """This process has other secrets than those before it; the message is one sentence and shows none."""
