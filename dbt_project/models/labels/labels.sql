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

members as (

    select
        prices.*,
        {{ is_member('prices.ticker', 'prices.dt') }} as is_member
    from prices
    where prices.dt in (
        select dt
        from days
        where is_touched
    )

),

-- ranks come before the joins: the fewer columns are sorted along, the better
ranked as (

    select
        members.*,
        {% for horizon in var('horizons') %}
        {{ rank_among_members('label_ret_' ~ horizon ~ 'd') }} as label_rank_{{ horizon }}d,
        {% endfor %}
        securities.sector
    from members
    left join {{ ref('stg_market__securities') }} as securities
        on members.ticker = securities.ticker

),

markets as (

    {{ means_of_members('ranked', ['dt']) }}

),

sectors as (

    {{ means_of_members('ranked', ['dt', 'sector']) }}

),

labelled as (

    select
        ranked.ticker,
        ranked.dt,
        ranked.sector,
        ranked.is_member,
        {% for horizon in var('horizons') %}
        {% set label = 'label_ret_' ~ horizon ~ 'd' %}
        ranked.{{ label }},
        case when ranked.is_member then ranked.{{ label }} - markets.{{ label }} end
            as label_excess_{{ horizon }}d,
        case when ranked.is_member then ranked.{{ label }} - sectors.{{ label }} end
            as label_sector_{{ horizon }}d,
        ranked.label_rank_{{ horizon }}d,
        days.label_end_dt_{{ horizon }}d,
        {% endfor %}
        {{ reference_version() }} as reference_version,
        {{ newest_change() }} as changed_at
    from ranked
    inner join days on ranked.dt = days.dt
    left join markets on ranked.dt = markets.dt
    left join sectors on ranked.dt = sectors.dt and ranked.sector = sectors.sector

)

select * from labelled
