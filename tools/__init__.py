"""What contributors run and nobody ships."""
