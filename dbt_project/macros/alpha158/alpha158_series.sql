{#- The bars with the series that the windows roll over; `day` numbers a ticker's rows. A day without
    a close is a suspended day and has no volume either. -#}
{% macro alpha158_series(relation) %}
with

bars as (
    select
        ticker,
        dt,
        nullif(open, 0) as open,
        high,
        low,
        nullif(close, 0) as close,
        case when close is not null then volume end as volume,
        vwap,
        is_context
    from {{ relation }}
),

consecutive as (
    select
        *,
        row_number() over by_day as day,
        lag(close) over by_day as previous_close,
        lag(volume) over by_day as previous_volume
    from bars
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
    is_context,
    cast(day as double precision) as day,
    ln(volume + 1) as log_volume,
    {%- for name, expression in alpha158_changes().items() %}
    {{ expression }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from consecutive
{% endmacro %}
