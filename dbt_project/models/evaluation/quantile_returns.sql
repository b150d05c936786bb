-- depends_on: {{ ref('stg_ml__cv_folds') }}, {{ ref('live_preds') }}, {{ ref('int_trading_days') }}
-- depends_on: {{ ref('models_out_of_sample') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_scores',
    unique_key=['origin', 'run_id', 'horizon', 'dt'],
) }}

with scored as (

    {{ scores_to_renew('dt') }}

),

ranked as (

    select
        scored.*,
        rank() over by_forecast - 1 as n_below,
        count(*) over (partition by origin, run_id, model_id, horizon, dt) as n_names
    from scored
    window by_forecast as (
        partition by origin, run_id, model_id, horizon, dt order by yhat
    )

),

-- right-closed bins at interpolated quantiles, as pandas.qcut; equal forecasts stay together
placed as (

    select
        ranked.*,
        cast(
            greatest(1, ceil(
                n_below * {{ var('n_quantiles') }}
                / cast(nullif(n_names - 1, 0) as double precision)
            )) as integer
        ) as quantile
    from ranked

),

by_quantile as (

    select
        origin,
        run_id,
        model_id,
        horizon,
        dt,
        quantile,
        count(*) as n_names,
        avg(yhat) as mean_yhat,
        avg(realised_return) as mean_return,
        avg(realised_excess) as mean_excess,
        {{ evaluated_from() }}
    from placed
    group by origin, run_id, model_id, horizon, dt, quantile

)

select * from by_quantile
