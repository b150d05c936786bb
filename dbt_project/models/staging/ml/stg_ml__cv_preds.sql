-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'cv_preds') }}

),

renamed as (

    select
        run_id,
        ticker,
        dt,
        horizon,
        fold,
        yhat,
        yhat_std,
        prob_up,
        yhat_lo,
        yhat_hi,
        level,
        label
    from source

)

select * from renamed
