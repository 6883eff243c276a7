"""What is booked and paid, over time and by whom (bookings, analytics, takedowns: analytics).

Figures are read from sums by day and month that every write keeps with it, and from the rows themselves where a period
begins or ends within a day: they are what the rows say at that moment. Times are UTC.
Permission: analytics:view. Audited: analytics.exported.
"""
