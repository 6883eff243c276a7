"""What the test command checks about the code itself, beside linters and types."""
