"""What a month counts apart from the rates of units: signatures, leaders' charges, first receipts."""
