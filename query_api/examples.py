"""Whole answers, for the documentation."""

PAGE = {"page": 1, "page_size": 20, "total": 1, "total_pages": 1, "next_cursor": None}
