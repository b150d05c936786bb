{{ config(materialized='view') }}

with forecasts as (

    select
        cast('cv' as varchar) as origin, run_id, cast(null as varchar) as model_id,
        cast(null as varchar) as published_by, true as is_out_of_sample,
        ticker, dt, horizon, yhat, yhat_std, prob_up, yhat_lo, yhat_hi, level
    from {{ ref('stg_ml__cv_preds') }}
    union all
    select
        cast('live' as varchar) as origin, run_id, model_id,
        published_by, is_out_of_sample,
        ticker, dt, horizon, yhat, yhat_std, prob_up, yhat_lo, yhat_hi, level
    from {{ ref('live_preds') }}

),

labels as (

    select * from {{ ref('labels') }}

),

scored as (

    select
        forecasts.origin,
        forecasts.run_id,
        forecasts.model_id,
        forecasts.published_by,
        forecasts.is_out_of_sample,
        forecasts.ticker,
        labels.sector,
        forecasts.dt,
        forecasts.horizon,
        forecasts.yhat,
        forecasts.yhat_std,
        forecasts.prob_up,
        forecasts.yhat_lo,
        forecasts.yhat_hi,
        forecasts.level,
        {{ label_of_horizon('label_ret', 'double precision') }} as realised_return,
        {{ label_of_horizon('label_excess', 'double precision') }} as realised_excess,
        {{ label_of_horizon('label_end_dt', 'date') }} as matured_on
    from forecasts
    left join labels on forecasts.ticker = labels.ticker and forecasts.dt = labels.dt

)

select * from scored
