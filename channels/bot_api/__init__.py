"""The Telegram Bot API: how it tells what users did, and the calls that are not messages."""
