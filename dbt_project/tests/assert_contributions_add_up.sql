-- Base and contributions add up to the forecast that they explain. An explanation that is older than
-- the forecast is of prices that were restated since, and of an earlier forecast.
{{ config(where='newest_forecasts') }}

with explained as (

    select
        model_id,
        ticker,
        dt,
        horizon,
        sum(contribution) as yhat,
        max(created_at) as created_at
    from {{ get_where_subquery(ref('stg_ml__explanations')) }}
    group by model_id, ticker, dt, horizon

),

logged as (

    select * from {{ ref('stg_ml__preds_log') }}

)

select
    explained.model_id,
    explained.ticker,
    explained.dt,
    explained.horizon,
    explained.yhat,
    logged.yhat as logged_yhat
from explained
inner join logged
    on
        explained.model_id = logged.model_id
        and explained.ticker = logged.ticker
        and explained.dt = logged.dt
        and explained.horizon = logged.horizon
where
    logged.created_at <= explained.created_at
    and not abs(explained.yhat - logged.yhat) <= 1e-6
