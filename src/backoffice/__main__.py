"""`python -m backoffice` is the `backoffice` command. Ctrl-C ends it without a word, also while it loads its parts."""


def main() -> None:
    try:
        from backoffice.cli import main as command  # noqa: PLC0415 - loading takes a second, in which Ctrl-C may come

        command()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
