"""微信客服, from the platform's side: customers, messages to be fetched, sessions (wecom-external.md B)."""
