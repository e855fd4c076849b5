"""What people see of the records: tables, timelines, live views, controls."""
