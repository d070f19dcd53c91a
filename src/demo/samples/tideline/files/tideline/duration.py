from datetime import timedelta


def format_duration(duration: timedelta) -> str:
    """`5 h 24 min`, `3 d 2 h`, `12 min`; to the minute, and only to the hour beyond a day."""
    minutes = round(duration.total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
