{#- The CTE `grid`: the rows of the price grid that the features of the changed rows look at, i.e.
    the changed rows and, marked `is_context`, the `feature_lookback` trading days before them. -#}
{% macro windows_of_changed_tickers() -%}
    {% if is_incremental() -%}
changes as (

    {{ changes_since_last_build() }}

),

lookback as (

    select
        dt,
        lead(dt) over (order by dt) as next_dt,
        lag(dt, {{ var('feature_lookback') }} - 1) over (order by dt) as from_dt
    from {{ ref('int_trading_days') }}
    where is_open

),

windows as (

    select
        changes.ticker,
        changes.after_dt,
        coalesce(lookback.from_dt, date '0001-01-01') as from_dt
    from changes
    left join lookback
        on changes.after_dt >= lookback.dt
        and (changes.after_dt < lookback.next_dt or lookback.next_dt is null)

),

grid as (

    select grid.*, grid.dt <= windows.after_dt as is_context
    from windows
    inner join {{ ref('int_price_grid') }} as grid
        on windows.ticker = grid.ticker and windows.from_dt <= grid.dt
    where grid.dt >= (select min(from_dt) from windows)

)
    {%- else -%}
grid as (

    select *, false as is_context
    from {{ ref('int_price_grid') }}
    where {{ is_in_share('ticker') }}

)
    {%- endif %}
{%- endmacro %}
