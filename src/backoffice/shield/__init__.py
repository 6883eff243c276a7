"""Shield, income protection: members pay for a plan, claim when they lose their income, and are paid out."""
