"""What people are told: notifications in the app and by mail, of what they follow and of what waits for them."""
