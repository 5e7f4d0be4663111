"""What tests share: servers and stores written for them."""
