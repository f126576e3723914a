"""企业微信自建应用: private conversations of members, and groups that the app made (protocols: wecom-app)."""
