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
        changes.after_dt,
        lag(accepted.dt) over (partition by accepted.ticker order by accepted.dt) as previous_dt
    from changes
    inner join {{ ref('int_accepted_prices') }} as accepted
        on changes.ticker = accepted.ticker and changes.after_dt <= accepted.dt
    where {{ is_in_share('accepted.ticker') }}
    {% if is_incremental() %}
        and accepted.dt >= (select min(after_dt) from changes)
    {% endif %}

),

-- evaluated once, however few prices the planner expects
steps as materialized (

    {{ adjustment_steps() }}

),

numbered as (

    select
        prices.*,
        steps.step,
        count(steps.step) over (
            partition by prices.ticker order by prices.dt rows unbounded preceding
        ) as step_no
    from prices
    left join steps on prices.ticker = steps.ticker and prices.dt = steps.dt

),

-- one factor per step, so that between steps equal prices stay exactly equal
factors as (

    select
        ticker,
        step_no,
        sum({{ summable_log('step') }}) over (
            partition by ticker order by step_no rows unbounded preceding
        ) as log_factor
    from numbered
    where step is not null

),

adjusted as (

    select
        prices.*,
        {{ anchor_log() }} + coalesce(factors.log_factor, 0) as adj_log,
        {{ factor_of_log(anchor_log() ~ ' + coalesce(factors.log_factor, 0)') }} as adj_factor
    from numbered as prices
    left join factors on prices.ticker = factors.ticker and prices.step_no = factors.step_no
    {{ join_anchor() }}
    where prices.dt > prices.after_dt

),

spans as (

    select
        ticker,
        min(case when dt = after_dt then dt + 1 else dt end) as from_dt,
        max(dt) as to_dt
    from prices
    group by ticker

),

grid as (

    select
        spans.ticker,
        trading_days.dt,
        adjusted.open * adjusted.adj_factor as open,
        adjusted.high * adjusted.adj_factor as high,
        adjusted.low * adjusted.adj_factor as low,
        adjusted.close * adjusted.adj_factor as close,
        adjusted.volume / adjusted.adj_factor as volume,
        adjusted.vwap * adjusted.adj_factor as vwap,
        adjusted.close as raw_close,
        adjusted.adj_factor,
        adjusted.adj_log,
        adjusted.loaded_at,
        {{ newest_change() }} as changed_at
    from spans
    inner join {{ ref('int_trading_days') }} as trading_days
        on trading_days.dt between spans.from_dt and spans.to_dt
    left join adjusted
        on spans.ticker = adjusted.ticker and trading_days.dt = adjusted.dt
    where
        trading_days.is_open
        and trading_days.dt >= (select min(earliest.from_dt) from spans as earliest)

)

select * from grid
order by dt, ticker
