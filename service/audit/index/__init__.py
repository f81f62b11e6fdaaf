"""What entries can be found by. It is made of them, and could be made again; nothing is proven with it."""
