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
        floor(prob_up * {{ var('n_probability_bins') }}) as bin_no,
        case when realised_return > 0 then 1 else 0 end as rose
    from forecasts
    where prob_up is not null

),

binned as (

    select
        origin,
        run_id,
        model_id,
        horizon,
        month,
        volatility_bucket,
        cast(bin_no / {{ var('n_probability_bins') }} as double precision) as prob_from,
        count(*) as n_rows,
        count(distinct dt) as n_days,
        cast(sum(rose) as bigint) as n_up,
        avg(prob_up) as mean_prob_up,
        avg(cast(rose as double precision)) as share_up,
        {{ evaluated_from() }}
    from scored
    group by origin, run_id, model_id, horizon, month, volatility_bucket, bin_no

)

select * from binned
