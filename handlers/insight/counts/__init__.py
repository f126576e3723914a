"""What a month counts apart from the rates of units: signatures, charges, first receipts, spot checks."""
