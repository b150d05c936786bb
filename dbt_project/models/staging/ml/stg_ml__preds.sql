-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'preds') }}

),

renamed as (

    select
        ticker,
        dt,
        horizon,
        model_id,
        run_id,
        yhat,
        yhat_std,
        prob_up,
        yhat_lo,
        yhat_hi,
        level,
        known_at,
        created_at
    from source

)

select * from renamed
