{{ config(materialized='view') }}

with preds as (

    select * from {{ ref('stg_ml__preds_log') }}

),

joined as (

    select
        cast(coalesce(models.run_id, preds.model_id) as varchar) as run_id,
        preds.model_id,
        preds.run_id as published_by,
        preds.ticker,
        preds.dt,
        preds.horizon,
        preds.yhat,
        preds.yhat_std,
        preds.prob_up,
        preds.yhat_lo,
        preds.yhat_hi,
        preds.level,
        preds.created_at,
        coalesce(preds.dt >= models.first_dt, false) as is_out_of_sample
    from preds
    left join {{ ref('models_out_of_sample') }} as models on preds.model_id = models.model_id

)

select * from joined
