"""What is bought and sold in a conversation: goods, carts, prices, and how they look. Pure."""
