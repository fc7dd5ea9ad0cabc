"""What becomes of orders, from the shop's books to the money."""
