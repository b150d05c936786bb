{{ config(
    materialized='incremental',
    incremental_strategy='replace_after',
    indexes=table_indexes(['ticker', 'dt'], ['dt', 'changed_at']),
) }}

with changes as (

    {{ changes_since_last_build() }}

),

-- the last price before the change is there to take the first step from
prices as (

    select
        accepted.*,
        changes.after_dt
    from changes
    inner join {{ ref('int_accepted_prices') }} as accepted
        on changes.ticker = accepted.ticker and changes.after_dt <= accepted.dt
    where {{ is_in_share('accepted.ticker') }}
    {% if is_incremental() %}
        and accepted.dt >= (select min(after_dt) from changes)
    {% endif %}

),

spans as (

    select
        ticker,
        min(dt) as first_dt,
        min(case when dt = after_dt then dt + 1 else dt end) as from_dt,
        max(dt) as to_dt
    from prices
    group by ticker

),

-- evaluated once, however few prices the planner expects
steps as materialized (

    {{ adjustment_steps() }}

),

days as (

    select
        spans.ticker,
        trading_days.dt,
        steps.step,
        count(steps.step) over (
            partition by spans.ticker order by trading_days.dt rows unbounded preceding
        ) as step_no
    from spans
    inner join {{ ref('int_trading_days') }} as trading_days
        on trading_days.dt between spans.from_dt and spans.to_dt
    left join steps on spans.ticker = steps.ticker and trading_days.dt = steps.dt
    where
        trading_days.is_open
        and trading_days.dt >= (select min(earliest.from_dt) from spans as earliest)

),

-- one factor per step, so that between steps equal prices stay exactly equal
factors as (

    select
        ticker,
        step_no,
        sum({{ summable_log('step') }}) over (
            partition by ticker order by step_no rows unbounded preceding
        ) as log_factor
    from days
    where step is not null

),

-- a suspended day has no price, so no factor
priced as (

    select
        days.ticker,
        days.dt,
        prices.open,
        prices.high,
        prices.low,
        prices.close,
        prices.volume,
        prices.vwap,
        prices.loaded_at,
        case
            when prices.dt is not null then {{ anchor_log() }} + coalesce(factors.log_factor, 0)
        end as adj_log
    from days
    left join factors on days.ticker = factors.ticker and days.step_no = factors.step_no
    left join prices on days.ticker = prices.ticker and days.dt = prices.dt
    {{ join_anchor() }}

),

adjusted as (

    select
        *,
        {{ factor_of_log('adj_log') }} as adj_factor
    from priced

),

grid as (

    select
        ticker,
        dt,
        open * adj_factor as open,
        high * adj_factor as high,
        low * adj_factor as low,
        close * adj_factor as close,
        volume / adj_factor as volume,
        vwap * adj_factor as vwap,
        close as raw_close,
        adj_factor,
        adj_log,
        loaded_at,
        {{ newest_change() }} as changed_at
    from adjusted

)

select * from grid
order by dt, ticker
