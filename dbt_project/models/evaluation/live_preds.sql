{{ config(materialized='view') }}

with preds as (

    select * from {{ ref('stg_ml__preds_log') }}

),

days as (

    select dt, row_number() over (order by dt) as day_no
    from {{ ref('int_trading_days') }}
    where is_open

),

-- the last day whose prices a run knew: there its shortest labels end
models as (

    select
        models.model_id,
        models.run_id,
        (
            select count(*)
            from days
            where days.dt <= runs.data_cutoff
        )
        + min(models.horizon) over (partition by models.run_id)
        + {{ var('entry_lag') }} as known_no
    from {{ ref('stg_ml__models') }} as models
    inner join {{ ref('stg_ml__runs') }} as runs on models.run_id = runs.run_id

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
        coalesce(days.day_no >= models.known_no, true) as is_out_of_sample
    from preds
    left join models on preds.model_id = models.model_id
    left join days on preds.dt = days.dt

)

select * from joined
