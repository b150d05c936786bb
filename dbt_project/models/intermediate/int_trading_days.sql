-- depends_on: {{ ref('stg_market__price_versions') }}
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='dt') }}

with recount as (

    {{ dates_to_recount() }}

),

prices as (

    select
        checked.ticker,
        checked.dt,
        case when checked.rejection_reason is null then 1 else 0 end as is_good
    from {{ ref('int_checked_prices') }} as checked
    where
        checked.dt > (select from_dt from recount) - {{ var('calendar_live_days') }}
        and checked.dt <= (select to_dt from recount)

),

-- a ticker is live from each good price until its next one, for so many days at the most
live_changes as (

    select
        dt,
        1 as n_live,
        least(
            lead(dt) over (partition by ticker order by dt), dt + {{ var('calendar_live_days') }}
        ) as ends_dt
    from prices
    where is_good = 1

),

daily as (

    select
        dt,
        sum(n_live) as n_live,
        sum(n_traded) as n_traded,
        sum(n_refused) as n_refused,
        max(is_candidate) as is_candidate
    from (
        select
            dt, is_good as n_live, is_good as n_traded, 1 - is_good as n_refused, 1 as is_candidate
        from prices
        union all
        select ends_dt as dt, -n_live as n_live, 0 as n_traded, 0 as n_refused, 0 as is_candidate
        from live_changes
        {{ calendar_table_candidates() }}
    ) as events
    group by dt

),

counted as (

    select
        dt,
        cast(n_traded as bigint) as n_traded,
        cast(n_refused as bigint) as n_refused,
        cast(sum(n_live) over (order by dt) as bigint) as n_live,
        is_candidate
    from daily

),

judged as (

    select
        dt,
        n_traded,
        n_refused,
        n_live,
        {{ is_open_day() }} as is_open
    from counted
    where
        is_candidate = 1
        and dt >= (select from_dt from recount)
        and dt <= (select to_dt from recount)

),

stamped as (

    select
        judged.dt,
        judged.n_traded,
        judged.n_refused,
        judged.n_live,
        judged.is_open,
        {% if is_incremental() -%}
        case
            when earlier.is_open = judged.is_open then earlier.changed_at else latest.loaded_at
        end as changed_at,
        {%- else -%}
        latest.loaded_at as changed_at,
        {%- endif %}
        latest.loaded_at as counted_at
    from judged
    cross join {{ ref('int_latest_load') }} as latest
    {% if is_incremental() -%}
    left join {{ this }} as earlier on judged.dt = earlier.dt
    {%- endif %}

)

select * from stamped
