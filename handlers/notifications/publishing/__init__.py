"""From a drafted notice to its receipts: what a second person looks at, and what came of it."""
