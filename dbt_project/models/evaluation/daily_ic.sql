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
        {{ average_rank('yhat', by=['origin', 'run_id', 'model_id', 'horizon', 'dt']) }}
            as yhat_rank,
        {{ average_rank('realised_return', by=['origin', 'run_id', 'model_id', 'horizon', 'dt']) }}
            as return_rank
    from scored

),

daily as (

    select
        origin,
        run_id,
        model_id,
        horizon,
        dt,
        count(*) as n_names,
        {{ correlation('yhat', 'realised_return') }} as ic,
        {{ correlation('yhat_rank', 'return_rank') }} as rank_ic
    from ranked
    group by origin, run_id, model_id, horizon, dt

),

enough_names as (

    select
        origin,
        run_id,
        model_id,
        horizon,
        dt,
        cast(n_names as bigint) as n_names,
        case when n_names >= {{ var('min_names') }} then ic end as ic,
        case when n_names >= {{ var('min_names') }} then rank_ic end as rank_ic,
        {{ evaluated_from() }}
    from daily

)

select * from enough_names
