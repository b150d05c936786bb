{{ config(
    materialized='incremental',
    incremental_strategy='replace_days',
    indexes=table_indexes(['ticker', 'dt'], ['dt', 'changed_at']),
) }}

with days as (

    {{ label_days() }}

),

{{ forward_returns() }},

members as (

    select
        returns.*,
        {{ is_member('returns.ticker', 'returns.dt') }} as is_member
    from returns
    where returns.dt in (
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
