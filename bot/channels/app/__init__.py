"""企业微信自建应用 (protocols: wecom-app). Its settings are known; the channel is to come."""
