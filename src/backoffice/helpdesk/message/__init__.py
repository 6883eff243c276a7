"""A message as staff read it, in a ticket as in a customer's conversation: what it quotes, and what became of it."""
