{#- The CTE `returns`: per ticker and day of the grid the forward return over each horizon, entered
    `entry_lag` days later, for the days that the CTE `days` marks as touched (and more of them).
    Closes as traded times the factor between the two days, not a quotient of adjusted closes: those
    carry every earlier step in their last bits, so that a dividend restated years ago would turn
    ties of today into ranks. -#}
{% macro forward_returns() -%}
{%- set lag = var('entry_lag') -%}
ahead as (

    select
        grid.ticker,
        grid.dt,
        lead(grid.raw_close, {{ lag }}) over by_ticker as entry_close,
        lead(grid.adj_log, {{ lag }}) over by_ticker as entry_log,
        {% for horizon in var('horizons') %}
        lead(grid.raw_close, {{ lag + horizon }}) over by_ticker as exit_close_{{ horizon }}d,
        lead(grid.adj_log, {{ lag + horizon }}) over by_ticker
            as exit_log_{{ horizon }}d{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('int_price_grid') }} as grid
    where
        grid.dt >= (
            select min(dt)
            from days
            where is_touched
        )
        and grid.dt <= (
            select max(last_end_dt)
            from days
            where is_touched
        )
    window by_ticker as (partition by grid.ticker order by grid.dt)

),

returns as (

    select
        ticker,
        dt,
        {% for horizon in var('horizons') %}
        exit_close_{{ horizon }}d / entry_close
        * {{ factor_of_log('(exit_log_' ~ horizon ~ 'd - entry_log)') }}
        - 1 as label_ret_{{ horizon }}d{% if not loop.last %},{% endif %}
        {% endfor %}
    from ahead

)
{%- endmacro %}
