-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'cv_folds') }}

),

renamed as (

    select
        run_id,
        horizon,
        fold,
        role as fold_role,
        n_dates,
        n_rows,
        dt_from,
        dt_to
    from source

)

select * from renamed
