with scored as (

    select * from {{ ref('preds_scored') }}
    where realised_return is not null

),

placed as (

    select
        scored.*,
        cast(
            ntile({{ var('n_quantiles') }}) over (
                partition by origin, run_id, model_id, horizon, dt order by yhat, ticker
            ) as integer
        ) as quantile
    from scored

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
        avg(realised_excess) as mean_excess
    from placed
    group by origin, run_id, model_id, horizon, dt, quantile

)

select * from by_quantile
