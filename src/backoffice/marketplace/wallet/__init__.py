"""What customers have with us: money in a wallet and loyalty points, each the sum of its ledger's entries."""
