"""公众号/服务号 (protocols: wechat-official-account). Its settings are known; the channel is to come."""
