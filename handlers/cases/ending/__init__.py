"""How a case may end: whose signature its answer waits for, at which level it is ended."""
