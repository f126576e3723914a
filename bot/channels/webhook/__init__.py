"""群机器人 webhook: pushes into one group each, with real mentions (protocols: wecom-webhook A)."""
