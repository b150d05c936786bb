{#- The bars with the series that the windows roll over; `day` numbers a ticker's rows. -#}
{% macro alpha158_series(relation) %}
with

bars as (
    select
        ticker,
        dt,
        open,
        high,
        low,
        close,
        volume,
        vwap,
        row_number() over by_day as day,
        lag(close) over by_day as previous_close,
        lag(volume) over by_day as previous_volume
    from {{ relation }}
    window by_day as (partition by ticker order by dt)
)

select
    ticker,
    dt,
    open,
    high,
    low,
    close,
    volume,
    vwap,
    cast(day as double precision) as day,
    ln(volume + 1) as log_volume,
    close / nullif(previous_close, 0) as close_ratio,
    ln(volume / nullif(previous_volume, 0) + 1) as volume_ratio,
    close - previous_close as close_change,
    volume - previous_volume as volume_change,
    abs(close / nullif(previous_close, 0) - 1) * volume as move
from bars
{% endmacro %}
