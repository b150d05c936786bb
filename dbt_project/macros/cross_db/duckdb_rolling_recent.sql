{#- Each row with itself and the five rows before as structs: bar_0 is today's. An extreme's key puts
    a suspended day above every high and below every low, but a day before the first one nowhere.
    Beside them what has to be asked of the engine, the quantiles of long windows as lists. -#}
{% macro duckdb_rolling_recent(relation) %}
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
    row_number() over by_day as row_number,
    last_value(close ignore nulls) over (
        partition by ticker order by dt rows 59 preceding
    ) as close_ref,
    {%- for days in alpha158_windows() %}
    lag(close, {{ days }}) over by_day as close_{{ days }}_ago,
    {%- if duckdb_rolling_asked_quantiles(days) %}
    quantile_cont(close, [0.2, 0.8]) over (
        partition by ticker order by dt rows {{ days - 1 }} preceding
    ) as close_quantiles_{{ days }},
    {%- endif %}
    {%- endfor %}
    {{ duckdb_rolling_is_kept() }} as is_kept,
    bar_0,
    {{ lagged_terms('lag(bar_0, {k}) over by_day as bar_{k}', range(1, 6), ',\n    ') }}
from (
    select
        *,
        struct_pack(
            close := close,
            high := high,
            low := low,
            volume := volume,
            log_volume := log_volume,
            high_key := coalesce(high, 'infinity'),
            low_key := coalesce(low, '-infinity')
        ) as bar_0
    from {{ relation }}
) as bars
window
    by_ticker as (partition by ticker),
    by_day as (partition by ticker order by dt)
{%- endmacro %}
