{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    indexes=table_indexes(['ticker', 'dt'], ['dt', 'changed_at']),
) }}

with days as (

    {{ label_days() }}

),

prices as (

    select
        grid.ticker,
        grid.dt,
        {% for horizon in var('horizons') %}
        lead(grid.close, {{ var('entry_lag') + horizon }}) over by_ticker
        / lead(grid.close, {{ var('entry_lag') }}) over by_ticker
        - 1 as label_ret_{{ horizon }}d{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('int_price_grid') }} as grid
    where
        grid.dt >= (select min(dt) from days where is_touched)
        and grid.dt <= (select max(last_end_dt) from days where is_touched)
    window by_ticker as (partition by grid.ticker order by grid.dt)

),

members as (

    select
        prices.*,
        {{ is_member('prices.ticker', 'prices.dt') }} as is_member,
        securities.sector,
        {% for horizon in var('horizons') %}
        days.label_end_dt_{{ horizon }}d{% if not loop.last %},{% endif %}
        {% endfor %}
    from prices
    inner join days on prices.dt = days.dt
    left join {{ ref('stg_market__securities') }} as securities
        on prices.ticker = securities.ticker
    where days.is_touched

),

labelled as (

    select
        ticker,
        dt,
        sector,
        is_member,
        {% for horizon in var('horizons') %}
        {% set label = 'label_ret_' ~ horizon ~ 'd' %}
        {{ label }},
        {{ excess_over_members(label) }} as label_excess_{{ horizon }}d,
        {{ excess_over_sector(label) }} as label_sector_{{ horizon }}d,
        {{ rank_among_members(label) }} as label_rank_{{ horizon }}d,
        label_end_dt_{{ horizon }}d,
        {% endfor %}
        {{ reference_version() }} as reference_version,
        {{ newest_change() }} as changed_at
    from members

)

select * from labelled
