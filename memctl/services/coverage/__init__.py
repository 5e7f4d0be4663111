"""What of some texts stands in another one, class by class."""
