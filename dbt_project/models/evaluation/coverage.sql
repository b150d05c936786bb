-- depends_on: {{ ref('stg_ml__cv_folds') }}, {{ ref('live_preds') }}, {{ ref('int_trading_days') }}
-- depends_on: {{ ref('models_out_of_sample') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_scores',
    unique_key=['origin', 'run_id', 'horizon', 'month'],
) }}

with forecasts as (

    {{ scores_to_renew('month') }}

),

scored as (

    select
        forecasts.*,
        cast(date_trunc('month', dt) as date) as month,
        {{ volatility_bucket() }} as volatility_bucket,
        case when realised_return between yhat_lo and yhat_hi then 1 else 0 end as covered
    from forecasts
    where level is not null

),

covered as (

    select
        origin,
        run_id,
        model_id,
        horizon,
        level,
        month,
        volatility_bucket,
        count(*) as n_rows,
        count(distinct dt) as n_days,
        cast(sum(covered) as bigint) as n_covered,
        avg(cast(covered as double precision)) as share_covered,
        avg(yhat_hi - yhat_lo) as mean_width,
        {{ evaluated_from() }}
    from scored
    group by origin, run_id, model_id, horizon, level, month, volatility_bucket

)

select * from covered
