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

starts as (

    select days.after_dt, coalesce(lookback.from_dt, date '0001-01-01') as from_dt
    from (select distinct after_dt from changes) as days
    left join lookback
        on days.after_dt >= lookback.dt
        and (days.after_dt < lookback.next_dt or lookback.next_dt is null)

),

windows as (

    select changes.ticker, changes.after_dt, starts.from_dt
    from changes
    inner join starts on changes.after_dt = starts.after_dt

),

grid as (

    select grid.*, grid.dt <= windows.after_dt as is_context
    from windows
    inner join {{ ref('int_price_grid') }} as grid
        on windows.ticker = grid.ticker and windows.from_dt <= grid.dt
    where {{ is_since('grid.dt', 'select min(from_dt) from starts', ref('int_price_grid')) }}

)
    {%- else -%}
grid as (

    select *, false as is_context
    from {{ ref('int_price_grid') }}
    where {{ is_in_share('ticker') }}

)
    {%- endif %}
{%- endmacro %}
